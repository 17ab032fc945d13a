// Starts Debian's Chromium without anything that would talk to the outside.

import fs from 'node:fs'
import { chromium } from 'playwright-core'

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']

/** A browser with a fresh profile. */
export function openBrowser() {
  const program = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!fs.existsSync(program)) {
    throw new Error(`there is no ${program}: install Chromium (Debian: apt-get install chromium) or set CHROMIUM to where it is`)
  }
  return chromium.launch({ executablePath: program, args: FLAGS })
}
