import { ShieldIcon } from './icons.tsx'

/** A small shield beside the name of a contact whose safety number was compared. */
export function VerifiedMark() {
  return (
    <span class="verified-mark" role="img" aria-label="Verified" title="You compared the safety number">
      <ShieldIcon />
    </span>
  )
}
