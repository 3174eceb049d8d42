import { WarningIcon } from './icons.tsx'

/** What went wrong, said at once to everybody. Nothing while nothing did. */
export function Fault({ words }: { words: string | null }) {
  return (
    <div role="alert" class="fault-place">
      {words !== null && (
        <p class="fault">
          <WarningIcon />
          <span>{words}</span>
        </p>
      )}
    </div>
  )
}
