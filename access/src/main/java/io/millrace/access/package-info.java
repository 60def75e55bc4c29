/**
 * Who may do what: users, roles, devices, access keys, policies, temporary credentials, console
 * sessions and the audit trail. {@link io.millrace.access.Access} is the door; it decides every
 * request.
 */
@NullMarked
package io.millrace.access;

import org.jspecify.annotations.NullMarked;
