import CTorch

/// The type of a tensor's elements.
public enum DType: String, Sendable, CaseIterable {
    case float32, float64, float16, bfloat16
    case int64, int32, int16, int8, uint8
    case bool

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether the elements are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        default: false
        }
    }

    var raw: ctorch_dtype {
        switch self {
        case .float32: CTORCH_FLOAT32
        case .float64: CTORCH_FLOAT64
        case .float16: CTORCH_FLOAT16
        case .bfloat16: CTORCH_BFLOAT16
        case .int64: CTORCH_INT64
        case .int32: CTORCH_INT32
        case .int16: CTORCH_INT16
        case .int8: CTORCH_INT8
        case .uint8: CTORCH_UINT8
        case .bool: CTORCH_BOOL
        }
    }

    init?(_ raw: ctorch_dtype) {
        guard let dtype = Self.allCases.first(where: { $0.raw == raw }) else { return nil }
        self = dtype
    }
}
