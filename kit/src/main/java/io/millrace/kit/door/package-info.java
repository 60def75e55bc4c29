/**
 * Who stands at a door: what each client makes it hold, and who has to go when that is too much.
 */
@NullMarked
package io.millrace.kit.door;

import org.jspecify.annotations.NullMarked;
