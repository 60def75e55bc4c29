/** Pure sign and verify for every dialect; holds no secrets. */
@NullMarked
package io.millrace.signing;

import org.jspecify.annotations.NullMarked;
