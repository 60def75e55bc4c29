package io.millrace.gateway.api;

/**
 * Every way to refuse, with its status and code in each dialect. Sources: "Error responses" of the
 * OSS and of the S3 API reference. Each has an {@code EC} of its own: OSS's where it documents one,
 * else one of the family 0099, which is ours.
 */
public enum ErrorCode {
    ACCESS_DENIED(403, "AccessDenied", "0003-00000001", 403, "AccessDenied", "Access Denied"),
    ACL_NOT_SUPPORTED(
            501,
            "NotImplemented",
            "0099-00000601",
            400,
            "AccessControlListNotSupported",
            "Objects take the access of their bucket; set the bucket's ACL or a policy instead."),
    BAD_AUTHORIZATION(
            400,
            "InvalidArgument",
            "0002-00000225",
            400,
            "AuthorizationHeaderMalformed",
            "The authorization is malformed."),
    BAD_DIGEST(
            400,
            "InvalidDigest",
            "0017-00000106",
            400,
            "BadDigest",
            "The digest that you sent does not match what arrived; send the body again."),
    BAD_QUERY_AUTH(
            400,
            "InvalidArgument",
            "0099-00000602",
            400,
            "AuthorizationQueryParametersError",
            "The signature in the URL is malformed."),
    BUCKET_EXISTS(
            409,
            "BucketAlreadyExists",
            "0015-00000104",
            409,
            "BucketAlreadyExists",
            "The requested bucket name is not available."),
    BUCKET_NOT_EMPTY(
            409,
            "BucketNotEmpty",
            "0015-00000301",
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty."),
    BUCKET_OWNED_BY_YOU(
            409,
            "BucketAlreadyExists",
            "0099-00000603",
            409,
            "BucketAlreadyOwnedByYou",
            "The bucket exists and belongs to you."),
    CHUNK_SIGNATURE(
            403,
            "SignatureDoesNotMatch",
            "0099-00000604",
            403,
            "SignatureDoesNotMatch",
            "The signature of a chunk of the body is wrong."),
    CONTENT_SHA256_MISMATCH(
            400,
            "InvalidDigest",
            "0017-00000107",
            400,
            "XAmzContentSHA256Mismatch",
            "The x-amz-content-sha256 that you sent does not match the body."),
    CORS_FORBIDDEN(
            403,
            "AccessForbidden",
            "0059-00000002",
            403,
            "AccessForbidden",
            "CORSResponse: no CORS rule of the bucket allows this origin, method and headers."),
    DATA_CORRUPTED(
            500,
            "DataCorrupted",
            "0099-00000510",
            500,
            "InternalError",
            "Stored bytes of this object are damaged on the disk and fail their checksum; they are"
                    + " not served. The operator's tool is millrace verify."),
    ENTITY_TOO_LARGE(
            400,
            "EntityTooLarge",
            "0017-00000101",
            400,
            "EntityTooLarge",
            "Your upload exceeds the largest allowed size."),
    ENTITY_TOO_SMALL(
            400,
            "EntityTooSmall",
            "0042-00000213",
            400,
            "EntityTooSmall",
            "Your upload is smaller than the least allowed size."),
    EXPIRED_TOKEN(
            403,
            "SecurityTokenExpired",
            "0002-00000067",
            400,
            "ExpiredToken",
            "The security token has expired; get a new one."),
    FILE_EXISTS(
            409,
            "FileAlreadyExists",
            "0026-00000059",
            412,
            "PreconditionFailed",
            "The object already exists and may not be overwritten."),
    IMAGE_TOO_LARGE(
            400,
            "ImageTooLarge",
            "0099-00000605",
            400,
            "InvalidRequest",
            "The image is too large to be processed."),
    ILLEGAL_VERSION(
            400,
            "InvalidArgument",
            "0099-00000606",
            400,
            "InvalidArgument",
            "This bucket keeps no versions: the only version id is null."),
    INCOMPLETE_BODY(
            400,
            "IncompleteBody",
            "0017-00000109",
            400,
            "IncompleteBody",
            "The body ended before its announced length."),
    INTERNAL(
            500,
            "InternalError",
            "0099-00000500",
            500,
            "InternalError",
            "The server failed; try again, and look for the request id in its log."),
    INVALID_ACCESS_KEY(
            403,
            "InvalidAccessKeyId",
            "0002-00000902",
            403,
            "InvalidAccessKeyId",
            "The access key id that you provided does not exist in our records."),
    INVALID_ARGUMENT(
            400, "InvalidArgument", "0099-00000400", 400, "InvalidArgument", "Invalid argument."),
    INVALID_BUCKET_NAME(
            400,
            "InvalidBucketName",
            "0015-00000001",
            400,
            "InvalidBucketName",
            "The specified bucket is not valid."),
    INVALID_DIGEST(
            400,
            "InvalidDigest",
            "0017-00000104",
            400,
            "InvalidDigest",
            "The Content-MD5 that you sent is not the Base64 of 16 bytes."),
    INVALID_LOCATION(
            400,
            "InvalidLocationConstraint",
            "0099-00000624",
            400,
            "InvalidLocationConstraint",
            "The specified location constraint is not valid: a region's name has letters, digits and"
                    + " hyphens."),
    INVALID_OBJECT_NAME(
            400,
            "InvalidObjectName",
            "0016-00000001",
            400,
            "InvalidURI",
            "The object's name is not valid."),
    INVALID_PART(
            400,
            "InvalidPart",
            "0042-00000203",
            400,
            "InvalidPart",
            "One or more of the specified parts could not be found or the specified entity tag"
                    + " might not have matched the part's entity tag."),
    INVALID_PART_NUMBER(
            416,
            "InvalidPartNumber",
            "0099-00000607",
            416,
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable"),
    INVALID_PART_ORDER(
            400,
            "InvalidPartOrder",
            "0042-00000204",
            400,
            "InvalidPartOrder",
            "The list of parts was not in ascending order."),
    INVALID_POLICY(
            400,
            "InvalidPolicyDocument",
            "0007-00000001",
            400,
            "InvalidPolicyDocument",
            "The form's policy is not valid."),
    INVALID_RANGE(
            416,
            "InvalidRange",
            "0029-00000001",
            416,
            "InvalidRange",
            "The requested range is not satisfiable"),
    INVALID_REQUEST(
            400, "InvalidRequest", "0099-00000608", 400, "InvalidRequest", "Invalid request."),
    INVALID_STORAGE_CLASS(
            400,
            "InvalidArgument",
            "0099-00000609",
            400,
            "InvalidStorageClass",
            "Only the storage class Standard is offered."),
    INVALID_TOKEN(
            403,
            "InvalidSecurityToken",
            "0002-00000065",
            400,
            "InvalidToken",
            "The provided security token is malformed or no longer valid."),
    INVALID_URI(
            400,
            "InvalidURI",
            "0099-00000610",
            400,
            "InvalidURI",
            "The path could not be decoded; percent-encode it as UTF-8."),
    KEY_TOO_LONG(
            400,
            "InvalidObjectName",
            "0016-00000002",
            400,
            "KeyTooLongError",
            "Your key is too long: at most 1024 bytes of UTF-8."),
    MALFORMED_POST(
            400,
            "MalformedPOSTRequest",
            "0007-00000002",
            400,
            "MalformedPOSTRequest",
            "The body is no well-formed multipart/form-data."),
    MALFORMED_TRAILER(
            400,
            "InvalidArgument",
            "0099-00000611",
            400,
            "MalformedTrailerError",
            "The chunks or the trailer of the body are malformed."),
    MALFORMED_XML(
            400,
            "MalformedXML",
            "0031-00000001",
            400,
            "MalformedXML",
            "The XML that you provided is not well-formed or holds what is not expected here."),
    METADATA_TOO_LARGE(
            400,
            "MetadataTooLarge",
            "0099-00000402",
            400,
            "MetadataTooLarge",
            "The metadata exceed the largest allowed size."),
    METHOD_NOT_ALLOWED(
            405,
            "MethodNotAllowed",
            "0099-00000405",
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource."),
    MISSING_ARGUMENT(
            400,
            "MissingArgument",
            "0016-00000502",
            400,
            "InvalidArgument",
            "A required argument is missing."),
    MISSING_LENGTH(
            411,
            "MissingContentLength",
            "0017-00000411",
            411,
            "MissingContentLength",
            "You must provide the Content-Length header."),
    NOT_APPENDABLE(
            409,
            "ObjectNotAppendable",
            "0026-00000053",
            400,
            "InvalidRequest",
            "The object is not appendable."),
    NOT_IMPLEMENTED(
            501,
            "NotImplemented",
            "0099-00000501",
            501,
            "NotImplemented",
            "This server does not offer that yet."),
    NOT_MODIFIED(304, "NotModified", "0099-00000304", 304, "NotModified", "Not Modified"),
    NO_SUCH_BUCKET(
            404,
            "NoSuchBucket",
            "0015-00000101",
            404,
            "NoSuchBucket",
            "The specified bucket does not exist."),
    NO_SUCH_CORS(
            404,
            "NoSuchCORSConfiguration",
            "0059-00000001",
            404,
            "NoSuchCORSConfiguration",
            "The CORS configuration does not exist"),
    NO_SUCH_KEY(
            404,
            "NoSuchKey",
            "0026-00000001",
            404,
            "NoSuchKey",
            "The specified key does not exist."),
    NO_SUCH_LIFECYCLE(
            404,
            "NoSuchLifecycle",
            "0052-00000001",
            404,
            "NoSuchLifecycleConfiguration",
            "No lifecycle is configured."),
    NO_SUCH_POLICY(
            404,
            "NoSuchBucketPolicy",
            "0018-00000001",
            404,
            "NoSuchBucketPolicy",
            "The bucket policy does not exist"),
    NO_SUCH_STYLE(
            404, "NoSuchStyle", "0099-00000612", 404, "NoSuchKey", "The style does not exist."),
    NO_SUCH_TAGGING(
            404, "NoSuchTagSet", "0099-00000613", 404, "NoSuchTagSet", "The TagSet does not exist"),
    NO_SUCH_WEBSITE(
            404,
            "NoSuchWebsiteConfiguration",
            "0099-00000614",
            404,
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration"),
    NO_SUCH_ENCRYPTION(
            404,
            "NoSuchServerSideEncryptionRule",
            "0058-00000001",
            404,
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found"),
    NO_SUCH_OBJECT_LOCK(
            404,
            "NoSuchWORMConfiguration",
            "0024-00000001",
            404,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket"),
    NO_SUCH_OWNERSHIP(
            404,
            "NotFound",
            "0099-00000615",
            404,
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found"),
    NO_SUCH_PUBLIC_ACCESS_BLOCK(
            404,
            "NoSuchPublicAccessBlockConfiguration",
            "0099-00000616",
            404,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found"),
    NO_SUCH_REPLICATION(
            404,
            "NoSuchReplicationConfiguration",
            "0099-00000617",
            404,
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found"),
    NO_SUCH_CONFIGURATION(
            404,
            "NoSuchConfiguration",
            "0099-00000404",
            404,
            "NoSuchConfiguration",
            "The specified configuration does not exist."),
    NO_SUCH_PLAYBACK(
            404, "NotFound", "0099-00000618", 404, "NotFound", "There is nothing to play here."),
    NO_SUCH_UPLOAD(
            404,
            "NoSuchUpload",
            "0042-00000002",
            404,
            "NoSuchUpload",
            "The specified multipart upload does not exist; it may have been aborted or"
                    + " completed."),
    OBJECT_SEALED(
            409,
            "ObjectSealed",
            "0026-00000054",
            400,
            "InvalidRequest",
            "The object is sealed: nothing can be appended."),
    POSITION_MISMATCH(
            409,
            "PositionNotEqualToLength",
            "0026-00000055",
            400,
            "InvalidWriteOffset",
            "Position is not equal to file length"),
    PRECONDITION_FAILED(
            412,
            "PreconditionFailed",
            "0026-00000056",
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold"),
    REQUEST_EXPIRED(
            403, "AccessDenied", "0002-00000069", 403, "AccessDenied", "Request has expired"),
    SIGNATURE_MISMATCH(
            403,
            "SignatureDoesNotMatch",
            "0002-00000040",
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check"
                    + " your key and signing method."),
    SERVICE_UNAVAILABLE(
            503,
            "ServiceUnavailable",
            "0099-00000503",
            503,
            "ServiceUnavailable",
            "The server can't reach what it needs to answer; try again in a moment."),
    SLOW_DOWN(
            503,
            "ServiceUnavailable",
            "0099-00000619",
            503,
            "SlowDown",
            "Please reduce your request rate."),
    EXTENT_STORE_UNAVAILABLE(
            503,
            "ExtentStoreUnavailable",
            "0099-00000620",
            503,
            "ExtentStoreUnavailable",
            "The object's bytes are in an extent store that this server can't read."),
    TIME_SKEWED(
            403,
            "RequestTimeTooSkewed",
            "0002-00000504",
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the server's time is too large."),
    TOKEN_MISMATCH(
            403,
            "AccessKeyIdAndSecurityTokenNotMatch",
            "0002-00000066",
            400,
            "InvalidToken",
            "The security token belongs to another access key."),
    TOO_MUCH_BODY(
            400,
            "EntityTooLarge",
            "0099-00000621",
            400,
            "MaxMessageLengthExceeded",
            "Your request was too big."),
    NO_SPACE(
            507,
            "InsufficientStorage",
            "0099-00000507",
            507,
            "InsufficientStorage",
            "The disk is full; delete something or add room. Deleting still works."),
    WATERMARK_ERROR(
            400,
            "WatermarkError",
            "0099-00000622",
            400,
            "InvalidRequest",
            "The watermark could not be used."),
    PROCESS_FAILED(
            400,
            "BadRequest",
            "0099-00000623",
            400,
            "InvalidRequest",
            "The object could not be processed.");

    private final int ossStatus;
    private final String ossCode;
    private final String ossEc;
    private final int s3Status;
    private final String s3Code;
    private final String message;

    ErrorCode(
            int ossStatus,
            String ossCode,
            String ossEc,
            int s3Status,
            String s3Code,
            String message) {
        this.ossStatus = ossStatus;
        this.ossCode = ossCode;
        this.ossEc = ossEc;
        this.s3Status = s3Status;
        this.s3Code = s3Code;
        this.message = message;
    }

    public int status(Dialect dialect) {
        return dialect == Dialect.OSS ? ossStatus : s3Status;
    }

    /** The code in the error body. */
    public String code(Dialect dialect) {
        return dialect == Dialect.OSS ? ossCode : s3Code;
    }

    /** The {@code EC} element of an OSS error body. */
    public String ossEc() {
        return ossEc;
    }

    /** What is said when nothing more precise is known. */
    public String message() {
        return message;
    }
}
