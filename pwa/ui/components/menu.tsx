import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface MenuItem {
  readonly label: string
  readonly hint?: string
  readonly icon: ComponentChildren
  readonly isDisabled?: boolean
  readonly onChoose: () => void
}

interface MenuProps {
  /** Name of the button that opens the menu. */
  readonly label: string
  readonly trigger: ComponentChildren
  /** Stands above the items. */
  readonly heading: string
  readonly items: readonly MenuItem[]
}

/** A button with a menu: arrows, Home and End move, Escape and a press elsewhere close it. */
export function Menu({ label, trigger, heading, items }: MenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()

  useLayoutEffect(() => {
    if (!isOpen) return undefined
    findItems(root.current)[0]?.focus()
    const closeFromOutside = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setIsOpen(false)
    }
    addEventListener('pointerdown', closeFromOutside)
    return () => removeEventListener('pointerdown', closeFromOutside)
  }, [isOpen])

  function close(): void {
    setIsOpen(false)
    button.current?.focus()
  }

  return (
    <div class="menu-root" ref={root}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setIsOpen(!isOpen)}
      >
        {trigger}
      </button>
      {isOpen && (
        <div
          id={id}
          class="menu"
          role="menu"
          aria-label={label}
          onKeyDown={(event) => {
            if (event.key === 'Tab') setIsOpen(false)
            else if (event.key === 'Escape') close()
            else if (moveFocus(root.current, event.key)) event.preventDefault()
          }}
        >
          <p class="menu-heading" role="presentation">
            {heading}
          </p>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              class="menu-item"
              tabIndex={-1}
              aria-disabled={item.isDisabled === true}
              onClick={() => {
                if (item.isDisabled === true) return
                close()
                item.onChoose()
              }}
            >
              {item.icon}
              <span>
                {item.label}
                {item.hint !== undefined && <small>{item.hint}</small>}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function findItems(root: HTMLElement | null): readonly HTMLElement[] {
  return Array.from(root?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])
}

/** Moves the focus among the items; false for a key that does not move it. */
function moveFocus(root: HTMLElement | null, key: string): boolean {
  const items = findItems(root)
  const at = items.findIndex((item) => item === document.activeElement)
  const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  const next = steps[key]
  if (next === undefined) return false
  items.at(next % items.length)?.focus()
  return true
}
