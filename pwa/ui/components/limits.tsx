import { useState } from 'preact/hooks'
import type { Lack } from '../../client/contract/status.ts'
import { LACK_WORDS } from '../lack.ts'
import { Banner } from './banner.tsx'
import { IconButton } from './button.tsx'
import { CloseIcon, WarningIcon } from './icons.tsx'

/** What does not work in this window though the rest does, until it has been read. */
export function Limits({ lacks }: { lacks: readonly Lack[] }) {
  const [read, setRead] = useState<readonly Lack[]>([])
  const shown = lacks.filter((lack) => !read.includes(lack))
  return shown.map((lack) => (
    <Banner
      key={lack}
      tone="warning"
      icon={<WarningIcon />}
      actions={
        <IconButton label="Dismiss" onPress={() => setRead([...read, lack])}>
          <CloseIcon />
        </IconButton>
      }
    >
      <b>{LACK_WORDS[lack].heading}.</b> {LACK_WORDS[lack].words}
    </Banner>
  ))
}
