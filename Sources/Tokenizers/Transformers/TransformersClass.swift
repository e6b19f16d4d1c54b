import OrderedJSON

/// A tokenizer class of transformers that takes the vocabulary from `tokenizer.json`, and the
/// merges, but builds the rest itself.
enum TransformersClass: String, CaseIterable, Sendable {
    case clip = "CLIPTokenizer"
    case cohere = "CohereTokenizer"
    case gemma = "GemmaTokenizer"
    case gpt2 = "GPT2Tokenizer"
    case gptNeoX = "GPTNeoXTokenizer"
    case llama = "LlamaTokenizer"
    case qwen2 = "Qwen2Tokenizer"
    case roberta = "RobertaTokenizer"
    case t5 = "T5Tokenizer"
    case whisper = "WhisperTokenizer"

    /// What transformers does with a folder.
    enum Choice: Equatable {
        /// It loads the file as it is, and adds tokens.
        case file
        /// It builds a tokenizer that is known here.
        case known(TransformersClass)
        /// It builds one that is not known here.
        case unknown(String)
    }

    /// The class that `AutoTokenizer` takes.
    ///
    /// - Parameters:
    ///   - declared: `tokenizer_class` of `tokenizer_config.json`, else that of `config.json`.
    ///   - modelType: `model_type` of `config.json`.
    ///   - isByteLevel: whether the file's steps are those of a byte-level tokenizer.
    static func choose(declared: String?, modelType: String?, isByteLevel: Bool) -> Choice {
        let registered = modelType.flatMap { registeredNames[$0] }
        guard let declared else { return registered.map(choice(of:)) ?? .file }
        let name = plain(declared)
        // Llama 3 and its like declare the class of Llama 2.
        if name == llama.rawValue, isByteLevel { return .file }
        if let registered, registered != name {
            if registered == backend { return .file }
            if let modelType, wronglyDeclared.contains(modelType) { return choice(of: registered) }
        }
        return choice(of: name)
    }

    private static let backend = "TokenizersBackend"

    private static func plain(_ name: String) -> String {
        name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    }

    private static func choice(of name: String) -> Choice {
        if let known = TransformersClass(rawValue: aliases[name] ?? name) { return .known(known) }
        // A name that transformers does not have stands for the general class.
        return otherNames.contains(name) ? .unknown(name) : .file
    }

    private static let aliases = [
        "BartTokenizer": roberta.rawValue, "LEDTokenizer": roberta.rawValue,
        "MvpTokenizer": roberta.rawValue, "LongformerTokenizer": roberta.rawValue,
    ]

    /// Kinds of models whose folders declare a class that transformers does not believe.
    private static let wronglyDeclared: Set = ["hyperclovax_vision_v2", "qwen2"]

    /// By `model_type`: the class that transformers registers.
    ///
    /// The kinds of models whose text a language model writes; others have no say here.
    private static let registeredNames: [String: String] = {
        let names: [(String, String)] = [
            (
                backend,
                """
                arctic aria chatlm ernie4_5 ernie4_5_moe flex_olmo fuyu glm glm4 glm4_moe \
                glm4_moe_lite glm4v glm4v_moe gpt_bigcode granite granitemoe granitemoehybrid \
                granitemoeshared h2ovl_chat hyperclovax hyperclovax_vlm internlm2 internlm3 \
                iquestcoder jamba kimi_k25 kimi_linear llava llava_next mimo_v2_flash minicpm3 \
                minicpmv minimax_m2 ministral ministral3 mistral mistral3 mistral_large4 mixtral \
                modernbert modernbert-decoder molmo molmo2 nemotron nvfp4 olmo2 olmo3 \
                olmo_hybrid opencua openvla paddleocr_vl persimmon phi3 phi3_v phimoe pixtral \
                smolvlm stablelm step3_vl umt5 vipllava voxtral
                """
            ),
            (clip.rawValue, "clip"),
            (cohere.rawValue, "aya_vision cohere cohere2"),
            (
                gemma.rawValue,
                "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma t5gemma"
            ),
            (
                gpt2.rawValue,
                """
                codegen dbrx emu3 gpt2 gpt_neo gptj hyperclovax_vision_v2 jais2 opt phi starcoder2
                """
            ),
            (gptNeoX.rawValue, "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm"),
            (llama.rawValue, "idefics idefics2"),
            (
                qwen2.rawValue,
                """
                internvl qwen2 qwen2_5_omni qwen2_5_vl qwen2_audio qwen2_moe qwen2_vl qwen3 \
                qwen3_moe qwen3_next qwen3_omni_moe qwen3_vl qwen3_vl_moe
                """
            ),
            (roberta.rawValue, "bart longformer roberta roberta-prelayernorm"),
            (t5.rawValue, "mt5 switch_transformers t5"),
            (whisper.rawValue, "whisper"),
            ("CodeLlamaTokenizer", "code_llama"),
            ("Qwen3_5Tokenizer", "qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen3_5_text qwen4_exp"),
        ]
        var table: [String: String] = [:]
        for (name, types) in names {
            for type in types.split(separator: " ") { table[String(type)] = name }
        }
        return table
    }()

    /// Further classes of transformers with ways of their own.
    private static let otherNames = Set(
        """
        AlbertTokenizer BarthezTokenizer BartphoTokenizer BertJapaneseTokenizer BertTokenizer \
        BertweetTokenizer BigBirdTokenizer BioGptTokenizer BlenderbotSmallTokenizer \
        BlenderbotTokenizer ByT5Tokenizer CTRLTokenizer CamembertTokenizer CanineTokenizer \
        ClvpTokenizer CodeLlamaTokenizer CpmAntTokenizer CpmTokenizer DPRQuestionEncoderTokenizer \
        DebertaTokenizer DebertaV2Tokenizer DiaTokenizer EsmTokenizer EsmcTokenizer FNetTokenizer \
        FSMTTokenizer FlaubertTokenizer FunnelTokenizer GPTNeoXJapaneseTokenizer HerbertTokenizer \
        LasrTokenizer LayoutLMv2Tokenizer LayoutLMv3Tokenizer LayoutXLMTokenizer LukeTokenizer \
        LxmertTokenizer MBart50Tokenizer MBartTokenizer MPNetTokenizer MarkupLMTokenizer \
        MgpstrTokenizer MobileBertTokenizer MyT5Tokenizer NllbTokenizer NougatTokenizer \
        OpenAIGPTTokenizer PLBartTokenizer ParakeetTokenizer PegasusTokenizer PerceiverTokenizer \
        PhobertTokenizer ProphetNetTokenizer Qwen3_5Tokenizer ReformerTokenizer RemBertTokenizer \
        RoCBertTokenizer RoFormerTokenizer SeamlessM4TTokenizer Siglip2Tokenizer SplinterTokenizer \
        TapasTokenizer UdopTokenizer VideoPrismTokenizer VitsTokenizer Wav2Vec2CTCTokenizer \
        Wav2Vec2PhonemeCTCTokenizer XGLMTokenizer XLMRobertaTokenizer XLMTokenizer XLNetTokenizer
        """.split(separator: " ").map(String.init)
    )
}

extension TransformersClass {
    /// The texts of special tokens that no file names.
    var defaultTokens: [String: String] {
        let end = "<|endoftext|>"
        switch self {
        case .clip:
            return [
                "unk_token": end, "bos_token": "<|startoftext|>", "eos_token": end,
                "pad_token": end,
            ]
        case .cohere:
            return [
                "unk_token": "<UNK>", "bos_token": "<BOS_TOKEN>",
                "eos_token": "<|END_OF_TURN_TOKEN|>", "pad_token": "<PAD>", "cls_token": "<CLS>",
                "sep_token": "<SEP>", "mask_token": "<MASK_TOKEN>",
            ]
        case .gemma:
            return [
                "unk_token": "<unk>", "bos_token": "<bos>", "eos_token": "<eos>",
                "pad_token": "<pad>", "mask_token": "<mask>",
            ]
        case .gpt2, .whisper:
            return ["unk_token": end, "bos_token": end, "eos_token": end]
        case .gptNeoX:
            return [
                "unk_token": end, "bos_token": end, "eos_token": end, "pad_token": "<|padding|>",
            ]
        case .llama:
            return ["unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"]
        case .qwen2:
            return ["unk_token": end, "eos_token": end, "pad_token": end]
        case .roberta:
            return [
                "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>",
                "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
            ]
        case .t5:
            return ["eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"]
        }
    }
}
