package io.millrace.console;

/**
 * Something that a person should look at now.
 *
 * @param kind which part it comes from: {@code store}, {@code edge}, {@code media}, {@code probe},
 *     {@code outgoing} or {@code stream}
 * @param severe false where everything is served, but something is missing
 * @param title what is wrong
 * @param text why, and what to do
 * @param link the page that tells more
 */
record Concern(String kind, boolean severe, String title, String text, String link) {}
