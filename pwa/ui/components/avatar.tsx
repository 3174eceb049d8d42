import { toColour, toInitials } from './initials.ts'

/** A contact's initials in the colour of their name; with a dot when they are online. Decoration: the name stands beside it. */
export function Avatar({ name, isOnline = false }: { name: string; isOnline?: boolean }) {
  return (
    <span class={`avatar avatar-${toColour(name)}`} aria-hidden="true">
      {toInitials(name)}
      {isOnline && <span class="online-dot" />}
    </span>
  )
}
