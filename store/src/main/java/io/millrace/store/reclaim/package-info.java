/**
 * What happens in the background: deleted contents are freed after their grace, volumes deleted and
 * compacted, uploads expired, the change log trimmed. Uses uploads, objects and what lies below;
 * only the door uses it.
 */
@NullMarked
package io.millrace.store.reclaim;

import org.jspecify.annotations.NullMarked;
