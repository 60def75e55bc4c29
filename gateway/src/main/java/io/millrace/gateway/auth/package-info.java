/** Who sent a request, proved, and whether they may: signing and access put to use. */
@NullMarked
package io.millrace.gateway.auth;

import org.jspecify.annotations.NullMarked;
