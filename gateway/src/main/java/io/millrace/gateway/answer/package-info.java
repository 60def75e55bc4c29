/** The two dialects' documents, headers and error bodies. */
@NullMarked
package io.millrace.gateway.answer;

import org.jspecify.annotations.NullMarked;
