const WORDS = 'The keys of this message are gone; this is the copy saved in this browser'

/** Beside a message that can be read only because its text was kept. */
export function KeyGoneMark() {
  return (
    <svg class="key-gone-mark" viewBox="0 0 16 16" role="img" aria-label={WORDS}>
      <title>{WORDS}</title>
      <circle cx="5.5" cy="10.5" r="2.6" />
      <path d="M7.4 8.6 12.5 3.500M2.5 2.500l11 11" />
    </svg>
  )
}
