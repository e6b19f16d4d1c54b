/// Settings of TRL 1.16 that have no counterpart here.
enum TRLKeys {
    /// Those that would change results, with the values for which they do not.
    static let fixed: [String: (harmless: Set<String>, reason: String)] = [
        "dataset_config": (["default"], "data are files here; name the file as dataset_name"),
        "dataset_train_split": (["train"], "data are files here; name the file as dataset_name"),
        "test_split_size": ([], "TRL draws the rows; `penchant data split` makes two files"),
        "model_revision": (["main"], "the model is a folder on this machine"),
        "model_init_kwargs": ([], "it changes how the model is loaded"),
        "lora_target_parameters": ([], "adapters are for linear layers"),
        "lora_modules_to_save": ([], "an adapter and whole weights are not trained together"),
        "load_in_8bit": (["false"], "weights are not quantized here"),
        "load_in_4bit": (["false"], "weights are not quantized here"),
        "optim_target_modules": ([], "no optimizer here has them"),
        "neftune_noise_alpha": ([], "embeddings get no noise here"),
        "dataloader_drop_last": (
            ["false"], "the last batch of an epoch is trained on, whole or not"
        ),
        "max_prompt_length": ([], "only prompt and answer together have a limit, as in TRL 1.16"),
        "max_completion_length": (
            [], "only prompt and answer together have a limit, as in TRL 1.16"
        ),
        "reference_free": (["false"], "choose an objective without a reference as loss_type"),
        "rpo_alpha": ([], "say loss_type sigmoid,sft and loss_weights 1,alpha"),
        "resume_from_checkpoint": (
            ["false"], "TRL's checkpoints are not read; --resume goes on from our own"
        ),
        "eos_token": (
            [], "the tokenizer's own is appended; its tokenizer_config.json says which that is"
        ),
        "dataset_kwargs": ([], "rows are always prepared here"),
        "ignore_data_skip": (["false"], "a resumed run goes on where it was"),
    ]

    /// Those that change no result, and why they are left out.
    static let leftOut: [String: String] = {
        var reasons: [String: String] = [:]
        for (reason, keys) in groups {
            for key in keys.split(whereSeparator: \.isWhitespace) { reasons[String(key)] = reason }
        }
        return reasons
    }()

    private static let groups = [
        "it changes memory and speed in TRL, not results": """
        gradient_checkpointing_kwargs activation_checkpointing_kwargs activation_offloading \
        torch_compile \
        torch_compile_backend torch_compile_mode use_liger_kernel liger_kernel_config use_cache \
        torch_empty_cache_steps auto_find_batch_size precompute_ref_log_probs \
        precompute_ref_batch_size padding_free pad_to_multiple_of pad_token \
        attn_implementation tf32 dataset_num_proc dataset_streaming streaming \
        dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers \
        dataloader_prefetch_factor dataloader_multiprocessing_context dataloader_in_order \
        bnb_4bit_quant_type use_bnb_nested_quant bnb_4bit_quant_storage full_determinism \
        bf16_full_eval fp16_full_eval skip_memory_metrics
        """,
        "every step is in OUTPUT/metrics.jsonl": """
        logging_strategy logging_steps logging_first_step log_on_each_node \
        logging_nan_inf_filter include_num_input_tokens_seen log_level log_level_replica \
        disable_tqdm report_to run_name project trackio_space_id trackio_bucket_id \
        trackio_static_space_id logging_dir debug
        """,
        "nothing is sent anywhere": """
        push_to_hub hub_token hub_private_repo hub_model_id hub_strategy hub_always_push \
        hub_revision
        """,
        "training is one process here": """
        average_tokens_across_devices accelerator_config parallelism_config \
        ddp_find_unused_parameters ddp_bucket_cap_mb ddp_broadcast_buffers ddp_static_graph \
        ddp_backend ddp_timeout fsdp fsdp_config deepspeed local_rank ignore_bias_buffers \
        save_on_each_node
        """,
        "no code of models is run here": "trust_remote_code",
        "TRL's trainer of preferences takes no notice of it": """
        label_smoothing_factor label_names length_column_name remove_unused_columns \
        prediction_loss_only lora_task_type do_train do_eval do_predict env \
        overwrite_output_dir
        """,
        "the order of rows follows from seed": "data_seed shuffle_dataset",
        "examples are never packed together to be evaluated": "eval_packing",
        "it has no counterpart, and changes no weight": """
        eval_delay per_device_eval_batch_size eval_on_start \
        eval_do_concat_batches eval_use_gather_object eval_accumulation_steps \
        include_for_metrics batch_eval_metrics save_only_model enable_jit_checkpoint \
        restore_callback_states_from_checkpoint
        """,
        "it needs a file here: --evaluate": "dataset_test_split",
    ]
}
