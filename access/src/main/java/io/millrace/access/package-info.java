/** Accounts, users, roles, devices, keys, policies, STS, audit; decides every request. */
@NullMarked
package io.millrace.access;

import org.jspecify.annotations.NullMarked;
