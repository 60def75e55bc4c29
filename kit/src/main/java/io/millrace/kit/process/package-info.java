/** Child processes: found, limited, fed, watched and ended. */
@NullMarked
package io.millrace.kit.process;

import org.jspecify.annotations.NullMarked;
