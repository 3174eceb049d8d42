import type { ComponentChildren } from 'preact'

interface ButtonProps {
  readonly children: ComponentChildren
  readonly kind?: 'primary' | 'quiet' | 'danger' | 'link'
  readonly type?: 'button' | 'submit'
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  readonly onPress?: () => void
}

/** A button with words. While busy it stays where it is, shows so, and does nothing. */
export function Button(props: ButtonProps) {
  const { children, kind = 'primary', type = 'button', isBusy = false, isDisabled = false, onPress } = props
  return (
    <button
      type={type}
      class={`button button-${kind}`}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      disabled={isDisabled}
      onClick={(event) => {
        if (isBusy) event.preventDefault()
        else onPress?.()
      }}
    >
      <span class="button-words">{children}</span>
      {isBusy && <span class="busy-ring" aria-hidden="true" />}
    </button>
  )
}

interface IconButtonProps {
  readonly label: string
  readonly children: ComponentChildren
  readonly onPress: () => void
}

/** A round button with an icon; `label` is its name and tooltip. */
export function IconButton({ label, children, onPress }: IconButtonProps) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onPress}>
      {children}
    </button>
  )
}
