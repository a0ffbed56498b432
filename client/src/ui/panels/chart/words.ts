// What is said about zooming, which comes with the first chart that can be zoomed.

export const say = {
  zoom: (chart: string) => `${chart}: zoom by + and −, move by the arrows, Home shows all`,
  tools: (chart: string) => `Zoom of ${chart}`,
  closer: 'Zoom in',
  wider: 'Zoom out',
  back: 'Move left',
  on: 'Move right',
  all: 'Show all',
  shown: (low: string, high: string) => `${low} – ${high}`,
} as const;
