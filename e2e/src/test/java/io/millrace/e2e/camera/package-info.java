/** End to end: camera. */
package io.millrace.e2e.camera;
