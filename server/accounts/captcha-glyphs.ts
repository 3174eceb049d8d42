/**
 * The characters of a captcha as strokes of a pen: no font is read, so the picture is the same on every host. Look-alikes
 * (0 O Q D, 1 I L, 2 Z, 5 S, 6 G, 8 B, E F, U V, M W) are left out, or are there once.
 */

/** Across and down; 0 to 1 in both directions within a character's box. */
export type Point = readonly [x: number, y: number]
/** A line of the pen through its points. */
export type Stroke = readonly Point[]

const ARC_STEP_DEGREES = 15

/** Points on an ellipse around x, y; degrees run clockwise from the right. */
function arc([x, y]: Point, [radiusX, radiusY]: Point, [from, to]: readonly [number, number]): Stroke {
  const steps = Math.ceil(Math.abs(to - from) / ARC_STEP_DEGREES)
  return Array.from({ length: steps + 1 }, (_, step): Point => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)]
  })
}

const BOWL: Stroke = [[0, 1], [0, 0], [0.5, 0], ...arc([0.5, 0.28], [0.42, 0.28], [-90, 90]), [0, 0.56]]

export const GLYPHS: Readonly<Record<string, readonly Stroke[]>> = {
  A: [
    [
      [0, 1],
      [0.5, 0],
      [1, 1],
    ],
    [
      [0.19, 0.62],
      [0.81, 0.62],
    ],
  ],
  C: [arc([0.55, 0.5], [0.52, 0.5], [-50, -310])],
  E: [
    [
      [0.9, 0],
      [0, 0],
      [0, 1],
      [0.9, 1],
    ],
    [
      [0, 0.5],
      [0.75, 0.5],
    ],
  ],
  H: [
    [
      [0, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [1, 1],
    ],
    [
      [0, 0.5],
      [1, 0.5],
    ],
  ],
  J: [[[0.85, 0], [0.85, 0.7], ...arc([0.45, 0.7], [0.4, 0.3], [0, 170])]],
  K: [
    [
      [0, 0],
      [0, 1],
    ],
    [
      [0.9, 0],
      [0, 0.6],
    ],
    [
      [0.3, 0.42],
      [0.95, 1],
    ],
  ],
  M: [
    [
      [0, 1],
      [0.06, 0],
      [0.5, 0.7],
      [0.94, 0],
      [1, 1],
    ],
  ],
  N: [
    [
      [0, 1],
      [0, 0],
      [1, 1],
      [1, 0],
    ],
  ],
  P: [BOWL],
  R: [
    BOWL,
    [
      [0.4, 0.56],
      [0.95, 1],
    ],
  ],
  T: [
    [
      [0, 0],
      [1, 0],
    ],
    [
      [0.5, 0],
      [0.5, 1],
    ],
  ],
  U: [[[0, 0], [0, 0.65], ...arc([0.5, 0.65], [0.5, 0.35], [180, 0]), [1, 0]]],
  X: [
    [
      [0, 0],
      [1, 1],
    ],
    [
      [1, 0],
      [0, 1],
    ],
  ],
  Y: [
    [
      [0, 0],
      [0.5, 0.5],
      [1, 0],
    ],
    [
      [0.5, 0.5],
      [0.5, 1],
    ],
  ],
  3: [arc([0.42, 0.26], [0.42, 0.26], [-150, 90]), arc([0.42, 0.75], [0.5, 0.25], [-90, 155])],
  4: [
    [
      [0.72, 1],
      [0.72, 0],
      [0, 0.68],
      [1, 0.68],
    ],
  ],
  7: [
    [
      [0, 0],
      [1, 0],
      [0.35, 1],
    ],
  ],
  9: [[...arc([0.5, 0.31], [0.45, 0.31], [0, -360]), [0.92, 0.55], [0.6, 1]]],
}
