// One accent, system letters, and colours that hold 4.5:1 in light and dark.
import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: 8,
  respectReducedMotion: true,
  defaultRadius: 'sm',
  fontFamily:
    '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '600' },
  // A link in a sentence is told by more than its colour.
  components: { Anchor: { defaultProps: { underline: 'always' } } },
});

export const contrast: CSSVariablesResolver = (t) => ({
  variables: { '--mantine-primary-color-filled': t.colors.indigo[8] },
  light: {
    '--mantine-color-error': t.colors.red[9],
    '--mantine-color-dimmed': t.colors.gray[7],
    '--mantine-color-placeholder': t.colors.gray[7],
    '--state-done': '#1b6e2f',
    '--state-running': t.colors.blue[9],
    '--state-waiting': t.colors.grape[9],
    '--state-failed': t.colors.red[9],
    '--state-final': '#8a4b00',
    '--state-quiet': t.colors.gray[7],
    '--line': t.colors.gray[3],
    '--wash': t.colors.gray[0],
    '--acting': t.colors.yellow[4],
    '--added': '#e6f4ea',
    '--removed': '#fdecea',
  },
  dark: {
    '--mantine-color-error': t.colors.red[4],
    '--mantine-color-dimmed': t.colors.dark[1],
    '--mantine-color-placeholder': t.colors.dark[1],
    '--state-done': t.colors.green[4],
    '--state-running': t.colors.blue[3],
    '--state-waiting': t.colors.grape[3],
    '--state-failed': t.colors.red[4],
    '--state-final': t.colors.orange[4],
    '--state-quiet': t.colors.dark[1],
    '--line': t.colors.dark[4],
    '--wash': t.colors.dark[6],
    '--acting': t.colors.yellow[4],
    '--added': '#17301f',
    '--removed': '#3a1d1d',
  },
});
