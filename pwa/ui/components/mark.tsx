/** The mark of Letterlock: a sealed letter. Decoration; its name stands beside it. */
export function Mark({ class: name = 'mark' }: { class?: string }) {
  return (
    <svg class={name} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path class="mark-paper" d="M8 18a6 6 0 0 1 6-6h36a6 6 0 0 1 6 6v28a6 6 0 0 1-6 6H14a6 6 0 0 1-6-6z" />
      <path class="mark-fold" d="M14.5 19 32 33l17.5-14" />
      <circle class="mark-seal" cx="32" cy="33" r="11" />
      <path
        class="mark-keyhole"
        d="M32 26.5a3.8 3.8 0 0 1 1.9 7.1l1.1 5.4h-6l1.1-5.4a3.8 3.8 0 0 1 1.9-7.1z"
      />
    </svg>
  )
}
