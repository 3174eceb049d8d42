import { useState } from 'preact/hooks'
import type { UpdateOffer } from '../update-prompt.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { SparkIcon } from './icons.tsx'

/** Offers a new version of the app, or says that this page is the old one. */
export function UpdateBanner({ state, accept }: UpdateOffer) {
  const [isPutOff, setIsPutOff] = useState(false)
  if (state === 'taken-over') {
    return (
      <Banner
        tone="accent"
        icon={<SparkIcon />}
        actions={
          <Button kind="quiet" onPress={() => location.reload()}>
            Load again
          </Button>
        }
      >
        Letterlock was updated. This page is still the old version, because something you typed here is not
        finished. Load it again when you are done.
      </Banner>
    )
  }
  if (state === 'none' || isPutOff) return null
  return (
    <Banner
      tone="accent"
      icon={<SparkIcon />}
      actions={
        <div class="banner-ways">
          <Button kind="quiet" onPress={() => setIsPutOff(true)}>
            Later
          </Button>
          <Button kind="quiet" onPress={accept}>
            Update now
          </Button>
        </div>
      }
    >
      A new version of Letterlock is ready. What you have typed stays.
    </Banner>
  )
}
