import { useRef } from 'preact/hooks'
import { useCodeCamera } from '../hooks/use-code-camera.ts'
import { Button } from './button.tsx'
import { Fault } from './fault.tsx'

interface CodeScannerProps {
  /** What to hold the camera at. */
  readonly words: string
  readonly onText: (text: string) => void
  readonly onCancel: () => void
}

/** The camera's picture, looked through for a QR code until it is taken away. */
export function CodeScanner({ words, onText, onCancel }: CodeScannerProps) {
  const video = useRef<HTMLVideoElement>(null)
  const fault = useCodeCamera(video, onText)
  return (
    <div class="scanner">
      {fault === null && (
        <>
          <video ref={video} class="scanner-picture" muted playsInline aria-label="Picture of the camera" />
          <p role="status">{words}</p>
        </>
      )}
      <Fault words={fault} />
      <Button kind="quiet" onPress={onCancel}>
        {fault === null ? 'Stop the camera' : 'Back to the digits'}
      </Button>
    </div>
  )
}
