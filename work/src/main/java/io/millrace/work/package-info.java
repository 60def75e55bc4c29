/** Leases, the tasks that hold them, and change-log cursors over the key space. */
@NullMarked
package io.millrace.work;

import org.jspecify.annotations.NullMarked;
