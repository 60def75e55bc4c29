/** What the server tells other systems, heard by a server of theirs. */
package io.millrace.e2e.hooks;
