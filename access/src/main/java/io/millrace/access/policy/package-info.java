/**
 * Policies: the RAM and the AWS form compiled to one internal form, and its evaluation. Pure; knows
 * no storage.
 */
@NullMarked
package io.millrace.access.policy;

import org.jspecify.annotations.NullMarked;
