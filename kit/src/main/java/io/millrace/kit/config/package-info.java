/**
 * Typed configuration: known keys with kinds, defaults and help; a YAML file and the environment
 * fill them.
 */
@NullMarked
package io.millrace.kit.config;

import org.jspecify.annotations.NullMarked;
