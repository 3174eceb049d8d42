import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { leaveToList } from '../routes.ts'
import { IconButton } from './button.tsx'
import { BackIcon } from './icons.tsx'

interface PanePageProps {
  readonly title: string
  /** Stands below the title. */
  readonly note?: string
  /** Class of the sheet that scrolls. */
  readonly sheet: 'account-sheet' | 'reading prose'
  readonly children: ComponentChildren
}

/** A page beside the list, in the place of a conversation. Its title has the focus when it opens. */
export function PanePage({ title, note, sheet, children }: PanePageProps) {
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section class="conversation" aria-labelledby={id}>
      <header class="conversation-head">
        <span class="back">
          <IconButton label="Back to conversations" onPress={leaveToList}>
            <BackIcon />
          </IconButton>
        </span>
        <div class="conversation-title">
          <h2 id={id} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {note !== undefined && <p>{note}</p>}
        </div>
      </header>
      <div class="account-scroll">
        <div class={sheet}>{children}</div>
      </div>
    </section>
  )
}
