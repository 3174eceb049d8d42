import { useEffect, useRef } from 'preact/hooks'
import { encodeQR } from 'qr'

/** Free modules that scanners need around a code. */
const QUIET_MODULES = 4
const PIXELS_PER_MODULE = 6

/** A QR code, drawn here: its text is sent nowhere. Always dark on white, as scanners want it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current) drawCode(canvas.current, text)
  }, [text])
  return <canvas ref={canvas} class="qr-code" role="img" aria-label={label} />
}

function drawCode(canvas: HTMLCanvasElement, text: string): void {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_MODULES })
  canvas.width = rows.length * PIXELS_PER_MODULE
  canvas.height = canvas.width
  const context = canvas.getContext('2d')
  if (!context) return
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#000'
  rows.forEach((row, y) =>
    row.forEach((isDark, x) => {
      if (isDark)
        context.fillRect(x * PIXELS_PER_MODULE, y * PIXELS_PER_MODULE, PIXELS_PER_MODULE, PIXELS_PER_MODULE)
    }),
  )
}
