ALTER TABLE feedback ADD COLUMN $int(due_time);
CREATE INDEX feedback_by_due_time ON feedback (due_time, name);
ALTER TABLE playbooks ADD COLUMN $int(feedback_acknowledge_days);
ALTER TABLE playbooks ADD COLUMN $int(feedback_decide_days);
ALTER TABLE playbooks ADD COLUMN $int(feedback_answer_days);
ALTER TABLE tasks ADD COLUMN $text(feedback, 300);
