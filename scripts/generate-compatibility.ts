// Writes docs/compatibility.md. Run it when a handler was added, or src/gateway/partly.ts changed.

import { writeFileSync } from 'node:fs';
import { compatibilityDocument } from './compatibility-document.ts';

writeFileSync(new URL('../docs/compatibility.md', import.meta.url), compatibilityDocument());
