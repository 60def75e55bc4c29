/**
 * Consistent copies of a server that goes on, and the way back. {@link io.millrace.backup.Holds}
 * stands still what is copied, {@link io.millrace.backup.Repository} keeps it in pieces named by
 * their content, {@link io.millrace.backup.Backup} and {@link io.millrace.backup.Restore} go there
 * and back.
 */
@NullMarked
package io.millrace.backup;

import org.jspecify.annotations.NullMarked;
