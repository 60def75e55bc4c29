package io.millrace.signing;

/** Why a credential was refused before its signature mattered. */
public enum Problem {
    /** The Authorization header, a query parameter or a form field does not parse. */
    MALFORMED,
    /** More than one Authorization header, date, or signature form in one request. */
    AMBIGUOUS,
    /** A security token in both the URL and the headers. */
    TWO_TOKENS,
    /** No date, or one that does not parse. */
    BAD_DATE,
    /** The credential scope does not match the date, or has the wrong shape. */
    BAD_SCOPE,
    /** A header that the dialect wants signed is present and not signed. */
    UNSIGNED_HEADERS,
    /** x-amz-content-sha256 is missing or is no known value. */
    BAD_CONTENT_SHA256,
    /** A signed URL asks for more than seven days. */
    EXPIRES_TOO_LONG,
    /** A signature version that this server does not speak. */
    UNSUPPORTED
}
