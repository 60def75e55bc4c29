/** What a request asks for and how it can be refused, in words that belong to neither dialect. */
@NullMarked
package io.millrace.gateway.api;

import org.jspecify.annotations.NullMarked;
