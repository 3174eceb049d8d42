import type { ComponentChildren } from 'preact'

interface BannerProps {
  readonly tone: 'plain' | 'warning' | 'danger' | 'accent'
  readonly icon: ComponentChildren
  readonly children: ComponentChildren
  /** Buttons at the end. */
  readonly actions?: ComponentChildren
}

/** A strip across the app that says how things stand. */
export function Banner({ tone, icon, children, actions }: BannerProps) {
  return (
    <div class={`banner banner-${tone}`} role="status">
      {icon}
      <p>{children}</p>
      {actions}
    </div>
  )
}
