/** The device door: enrolment and tokens for cameras, and the server's time. */
@NullMarked
package io.millrace.gateway.device;

import org.jspecify.annotations.NullMarked;
