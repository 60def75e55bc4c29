/**
 * Which extent stores take part in this key space: what the directories say is compared with what
 * the key space knows, before anything is read or written. Uses space; only the door uses it.
 */
@NullMarked
package io.millrace.store.registry;

import org.jspecify.annotations.NullMarked;
