/**
 * The key space as the store uses it: the keys of all families, the fields of records, ids that
 * never come twice, tries after conflicts, and the module's one exception. The floor: uses no other
 * package of the store.
 */
@NullMarked
package io.millrace.store.space;

import org.jspecify.annotations.NullMarked;
