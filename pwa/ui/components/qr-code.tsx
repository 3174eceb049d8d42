import { create } from 'qrcode'
import { useEffect, useRef } from 'preact/hooks'

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
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules
  canvas.width = (size + 2 * QUIET_MODULES) * PIXELS_PER_MODULE
  canvas.height = canvas.width
  const context = canvas.getContext('2d')
  if (!context) return
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#000'
  data.forEach((isDark, index) => {
    if (!isDark) return
    const x = ((index % size) + QUIET_MODULES) * PIXELS_PER_MODULE
    const y = (Math.floor(index / size) + QUIET_MODULES) * PIXELS_PER_MODULE
    context.fillRect(x, y, PIXELS_PER_MODULE, PIXELS_PER_MODULE)
  })
}
