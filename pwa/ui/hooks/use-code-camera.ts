import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { describeCameraFault } from '../safety/camera-words.ts'

const LOOK_EVERY_MS = 150
/** Larger pictures take longer to read and show no more. */
const WIDTH_MOST_PX = 800

/** True where a page can ask for a camera. */
export const hasCamera = (): boolean => typeof navigator.mediaDevices?.getUserMedia === 'function'

/**
 * Shows the camera in `video` and reads QR codes in it; each text that was read goes to `onText`. The picture stays in this
 * page. Returns what went wrong, as a sentence, or null.
 */
export function useCodeCamera(
  video: RefObject<HTMLVideoElement | null>,
  onText: (text: string) => void,
): string | null {
  const [fault, setFault] = useState<string | null>(null)
  const listener = useRef(onText)
  listener.current = onText

  useEffect(() => {
    const stopped = new AbortController()
    followCamera(video.current, (text) => listener.current(text), stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) setFault(describeCameraFault(error))
    })
    return () => stopped.abort()
  }, [])

  return fault
}

async function followCamera(
  video: HTMLVideoElement | null,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!video) return
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  const stop = () => stream.getTracks().forEach((track) => track.stop())
  if (signal.aborted) return stop()
  signal.addEventListener('abort', stop)
  video.srcObject = stream
  await video.play()
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return
  while (!signal.aborted) {
    const picture = takePicture(video, context)
    const text = picture && decodeOrNull(() => decodeQR(picture))
    if (text) onText(text)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function takePicture(video: HTMLVideoElement, context: CanvasRenderingContext2D): ImageData | null {
  if (video.videoWidth === 0) return null
  const scale = Math.min(1, WIDTH_MOST_PX / video.videoWidth)
  const { canvas } = context
  canvas.width = Math.round(video.videoWidth * scale)
  canvas.height = Math.round(video.videoHeight * scale)
  context.drawImage(video, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** Most pictures show no code, which the reader tells by throwing. */
function decodeOrNull(decode: () => string): string | null {
  try {
    return decode()
  } catch {
    return null
  }
}
