extension TRLTranslation {
    /// What `trl sft` has for itself: its rows, what of them is scored, and packing.
    mutating func translateDemonstrations() throws {
        if let loss = take("loss_type"), !["nll", "chunked_nll"].contains(loss.texts.joined()) {
            throw refusal("loss_type", loss.line, "sft has nll here, and no \(loss.texts.joined())")
        }
        if let field = take("dataset_text_field"), field.texts != ["text"] {
            set("map", ["text=\(field.texts.joined())"], field.line)
        }
        if let template = take("chat_template_path") {
            guard [".jinja", ".j2"].contains(where: template.texts.joined().hasSuffix) else {
                throw refusal(
                    "chat_template_path",
                    template.line,
                    "a template's .jinja file is needed; tokens of another model are not added"
                )
            }
            set("chat-template", template.texts, template.line)
        }
        try translateScored()
        if let packing = try truth("packing"), packing.isOn {
            throw refusal(
                "packing",
                packing.line,
                "a step has a number of examples here, never padded, and not of blocks of max_length "
                    + "tokens; say so many as per_device_train_batch_size, and packing false"
            )
        }
        leaveOut("packing_strategy", "it goes with packing, in TRL too")
        remark("trl sft applies a model's own dropout, which is off here without --model-dropout")
    }

    /// TRL's own rule depends on the rows: of {messages} it scores all turns.
    private mutating func translateScored() throws {
        let completion = try truth("completion_only_loss")
        let assistant = try truth("assistant_only_loss")
        if let completion, completion.isOn {
            set("scored", ["answer"], completion.line)
        } else if let assistant, assistant.isOn {
            set("scored", ["assistant"], assistant.line)
        } else if let completion {
            set("scored", ["all"], completion.line)
        } else {
            remark(
                "of {messages} trl sft scores all turns without assistant_only_loss, and sft here the "
                    + "assistant's; --scored all scores all"
            )
        }
    }
}
