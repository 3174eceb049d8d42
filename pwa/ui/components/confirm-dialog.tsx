import type { ComponentChildren } from 'preact'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

interface ConfirmDialogProps {
  readonly title: string
  readonly children: ComponentChildren
  /** Words of the button that leaves everything as it is. */
  readonly decline: string
  /** Words of the button that does it. */
  readonly action: string
  /** It takes something away. */
  readonly isDangerous?: boolean
  readonly onConfirm: () => Promise<void>
  readonly onClose: () => void
}

/** Asks once more before something is done, and for both factors where the server wants them; closes when it is done. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, decline, action, isDangerous = false, onConfirm, onClose } = props
  const guard = useStepUp()
  const command = useCommand()
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Fault words={command.fault} />
      <footer class="dialog-foot">
        <Button kind="quiet" onPress={onClose}>
          {decline}
        </Button>
        <Button
          kind={isDangerous ? 'danger' : 'primary'}
          isBusy={command.isBusy}
          onPress={() => command.run(() => guard(onConfirm).then(onClose))}
        >
          {action}
        </Button>
      </footer>
    </Dialog>
  )
}
