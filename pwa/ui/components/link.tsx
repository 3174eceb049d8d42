import type { ComponentChildren } from 'preact'
import { formatRoute, navigate, type Route } from '../routes.ts'

interface LinkProps {
  readonly to: Route
  readonly children: ComponentChildren
  readonly class?: string
  /** The link leads to where we are. */
  readonly isCurrent?: boolean
}

/** A real link that stays on the page; modified clicks do what the browser does. */
export function Link({ to, children, class: name, isCurrent = false }: LinkProps) {
  return (
    <a
      class={name}
      href={formatRoute(to)}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(to)
      }}
    >
      {children}
    </a>
  )
}
