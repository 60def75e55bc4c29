/** Backups of a server under load, and what is restored from them. */
@NullMarked
package io.millrace.e2e.backup;

import org.jspecify.annotations.NullMarked;
