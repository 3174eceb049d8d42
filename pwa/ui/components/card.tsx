import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface CardProps {
  readonly title: string
  /** One sentence below the title. */
  readonly note?: string
  readonly children: ComponentChildren
}

/** A part of the account page under its own heading. */
export function Card({ title, note, children }: CardProps) {
  const id = useId()
  return (
    <section class="card" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {note !== undefined && <p class="card-note">{note}</p>}
      {children}
    </section>
  )
}

interface SettingProps {
  readonly title: ComponentChildren
  readonly note: ComponentChildren
  /** Stands at the end. */
  readonly action?: ComponentChildren
}

/** A line of a card: what it is, how it stands, and what can be done about it. */
export function Setting({ title, note, action }: SettingProps) {
  return (
    <li class="setting">
      <div class="setting-words">
        <p class="setting-title">{title}</p>
        <p class="setting-note">{note}</p>
      </div>
      {action}
    </li>
  )
}
