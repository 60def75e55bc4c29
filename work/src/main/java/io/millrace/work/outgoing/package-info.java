/**
 * Calls to hosts of others: the one sender that checks the address, signs, bounds, tries again and
 * keeps what must arrive.
 */
@NullMarked
package io.millrace.work.outgoing;

import org.jspecify.annotations.NullMarked;
