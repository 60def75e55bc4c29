/** Temporary credentials, from either vendor's STS client to either vendor's object client. */
@NullMarked
package io.millrace.e2e.sts;

import org.jspecify.annotations.NullMarked;
