import type { ComponentChildren } from 'preact'
import type { Command } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { Fault } from './fault.tsx'

interface FormProps {
  readonly children: ComponentChildren
  /** What the form does: it shows itself busy, or what went wrong. */
  readonly command: Command
  /** Words of the button that submits. */
  readonly action: string
  /** `danger` for what cannot be undone. */
  readonly tone?: 'primary' | 'danger'
  readonly onSubmit: () => void
  /** Stands below that button. */
  readonly after?: ComponentChildren
}

/** Fields, what went wrong with them, and the button that submits. Judging the values is the screen's business. */
export function Form({ children, command, action, tone = 'primary', onSubmit, after }: FormProps) {
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
      <Fault words={command.fault} />
      <Button type="submit" kind={tone} isBusy={command.isBusy}>
        {action}
      </Button>
      {after}
    </form>
  )
}
